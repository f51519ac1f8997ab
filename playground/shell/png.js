// A recipe inside a PNG: one iTXt chunk "recipe" behind the header.
const HEADER = 33; // bytes: signature and IHDR
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});
export const crc = bytes => ~bytes.reduce((c, b) => TABLE[(c ^ b) & 255] ^ (c >>> 8), -1) >>> 0;

// The chunk as bytes: length, type, keyword and text, checksum
function recipeChunk(recipe) {
  const body = new TextEncoder().encode("iTXtrecipe\0\0\0\0\0" + JSON.stringify(recipe));
  const chunk = new Uint8Array(body.length + 8),
    view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(body.length + 4, crc(body));
  return chunk;
}
export async function withRecipe(blob, recipe) {
  const png = new Uint8Array(await blob.arrayBuffer());
  return new Blob([png.slice(0, HEADER), recipeChunk(recipe), png.slice(HEADER)], { type: "image/png" });
}
