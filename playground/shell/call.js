// A request to the app's own addresses: call(url) reads, call(url, body) sends. What goes wrong is an error with the
// server's sentence and its status.
export async function call(url, body) {
  const sent = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(url, body && sent),
    told = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(told.error), { status: answer.status });
  return told;
}
