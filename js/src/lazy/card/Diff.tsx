import { Scroller } from "../../ui/Scroller";

function kindOf(line: string): "add" | "drop" | "same" {
  if (line.startsWith("+")) return "add";
  return line.startsWith("-") ? "drop" : "same";
}

/** Lines that were added and taken away. */
export function Diff({ text }: { text: string }) {
  const lines = text.trimEnd().split("\n");
  return (
    <Scroller code label="What changed" class="daggr-diff">
      {lines
        .filter((line) => !/^(\+\+\+|---)( |$)|^@@/.test(line))
        .map((line, index) => (
          <span key={index} data-line={kindOf(line)}>
            {line || " "}
          </span>
        ))}
    </Scroller>
  );
}
