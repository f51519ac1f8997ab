import { isHome } from "../../shell/address.js";
import { copyText, make } from "../../shell/dom.js";
import { bus } from "../../shell/events.js";
import { t } from "../../shell/language.js";
import { lostIn, settle } from "../../shell/place.js";
import { titled } from "../lib/dialog.js";
import { tool } from "../lib/press.js";
import { settingName } from "../lib/strip.js";

export default function sharing({ element, server }) {
  const find = name => element.querySelector(name),
    dialog = find("dialog"),
    address = find("input"),
    drawn = find(".code");
  titled(dialog, "share.title");
  find(".lead").textContent = t("share.lead");
  address.setAttribute("aria-label", t("share.link"));
  const copyAddress = async () => {
    copy.textContent = t((await copyText(address.value)) ? "strip.copied" : "strip.not_copied");
  };
  const copy = tool("strip.copy", copyAddress, { className: "copy" });
  address.after(copy);
  address.onfocus = () => address.select();

  async function open() {
    settle();
    address.value = location.href;
    copy.textContent = t("strip.copy");
    const lost = lostIn(location.hash);
    find(".lost").textContent = lost.length ? t("share.lost", { names: lost.map(settingName).join(", ") }) : "";
    find(".home").textContent = isHome ? t("share.home") : "";
    drawn.replaceChildren();
    dialog.showModal();
    const src = await server.code(address.value).catch(() => null);
    drawn.replaceChildren(
      src
        ? make("img", { src, alt: t("share.code"), width: 240, height: 240 })
        : make("p", { textContent: t("share.long") }),
    );
  }
  bus.addEventListener("share", open);
}
