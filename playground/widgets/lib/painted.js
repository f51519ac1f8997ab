// A picture that is painted, in a place that is kept for it.
import { loadPicture } from "../../shell/dom.js";

// Shows the picture once it is there, or nothing; one that cannot be read changes nothing
export async function showPainted(image, src) {
  if (!src) return image.removeAttribute("src");
  try {
    await loadPicture(src);
  } catch {
    return;
  }
  image.src = src;
}
