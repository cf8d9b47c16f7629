// Plays what a kernel has sent through the canvas's own reducer; prints the texts of a card.
//   node on_screen.mjs reduce.js played.json
// played.json: [{first: snapshot, steps: [[message, ...], ...], node, port}, ...]
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [reducer, played] = process.argv.slice(2);
const { reduce } = await import(pathToFileURL(reducer).href);
const texts = JSON.parse(readFileSync(played, "utf8")).map(({ first, steps, node, port }) => {
  let state = first;
  return steps.map((messages) => {
    for (const message of messages) state = reduce(state, message);
    const card = state.nodes.find(({ id }) => id === node);
    return card.values[port]?.data ?? "";
  });
});
process.stdout.write(JSON.stringify(texts));
