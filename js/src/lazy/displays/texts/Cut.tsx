import type { OutputProps } from "../../../outputs/props";
import { PlainText } from "../../../outputs/text";
import { Download } from "../actions";

/** The beginning of a text that is too long to travel with a card. */
export function Cut(props: OutputProps) {
  return (
    <>
      <PlainText {...props} />
      <p class="daggr-under">
        <span class="daggr-quiet">the beginning</span>
        <Download {...props} file={`${props.port}.txt`} />
      </p>
    </>
  );
}
