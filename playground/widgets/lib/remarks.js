// Quiet remarks under an exhibit: texts as say() takes them.
function tellRemarks(host, remarks) {
  host.replaceChildren(
    ...(remarks ?? []).map(one =>
      window.playground.make("span", { textContent: window.playground.say(one), dir: "auto" }),
    ),
  );
}
