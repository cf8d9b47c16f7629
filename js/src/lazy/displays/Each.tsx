import { Output } from "../../outputs/Output";
import type { OutputProps } from "../../outputs/props";
import { Scroller } from "../../ui/Scroller";
import { partOf } from "./fetching";

/** A list in which every value is shown as it would be alone. */
export function Each(props: OutputProps) {
  const { items, count } = props.preview;
  const more = (count ?? items.length) - items.length;
  return (
    <>
      <Scroller label={props.label} class="daggr-each">
        <ol>
          {items.map((preview, index) => (
            <li key={index}>
              <span class="daggr-list-index">{index + 1}</span>
              <div>
                <Output
                  {...partOf(props, [index])}
                  preview={preview}
                  label={`${props.label} ${index + 1}`}
                />
              </div>
            </li>
          ))}
        </ol>
      </Scroller>
      {more > 0 && <p class="daggr-more">… {more} more</p>}
    </>
  );
}
