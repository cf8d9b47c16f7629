import { useTab } from "../context";
import type { OutputProps } from "../outputs/Output";
import { WholeText } from "../outputs/text";

const STYLE =
  '<!doctype html><meta name="color-scheme" content="light"><style>body{font:13px system-ui;margin:8px}</style>';

/** Foreign HTML: in a frame without scripts, forms or an origin. */
export function Html(props: OutputProps) {
  const tab = useTab();
  return (
    <WholeText {...props}>
      {(text) => (
        <iframe
          class="daggr-html"
          title={props.label}
          sandbox=""
          srcdoc={STYLE + text}
          tabIndex={tab}
        />
      )}
    </WholeText>
  );
}
