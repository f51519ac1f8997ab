// Where a text names a term of the glossary.
const LETTERS = /^[\p{Script=Latin}\p{Script=Greek}\p{N}\p{M}_]{2}$/u;
// Whether a character and the one behind it belong to the same word; Chinese puts nothing between its words
const isOneWord = (text, at) => LETTERS.test(text.slice(Math.max(0, at), at + 2));
const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

// How a word may stand in a text: a plain one also at the head of a sentence, and of several things
function forms(word) {
  const cases = /^[a-z]{2}/.test(word) ? [word, word[0].toUpperCase() + word.slice(1)] : [word];
  return cases.flatMap(one => (/[A-Za-z]{2}$/.test(one) ? [one, `${one}s`] : [one]));
}
// {term: {words}} -> find(text, known) -> [{term, at, end}]: the first place of each term that is not known yet, in the
// order of the text; a longer word goes before a shorter one
export function finder(entries) {
  const terms = new Map();
  for (const [term, { words }] of Object.entries(entries))
    for (const word of words) for (const form of forms(word)) terms.set(form, term);
  const longest = [...terms.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longest.map(escaped).join("|"), "gu");
  return (text, known = new Set()) => {
    const seen = new Set(known),
      found = [];
    for (const { 0: form, index } of text.matchAll(pattern)) {
      const term = terms.get(form),
        end = index + form.length;
      if (seen.has(term) || isOneWord(text, index - 1) || isOneWord(text, end - 1)) continue;
      seen.add(term);
      found.push({ term, at: index, end });
    }
    return found;
  };
}
