import type { ItemView, NamedValue, RunId } from "../../protocol.gen";
import type { CardSignals } from "../../state/store";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";
import { isActive } from "../../ui/format";
import { useValue } from "../../ui/reactive";
import { retryItem } from "../commands";
import { CopyButton } from "../displays/actions";
import { RecordedValue } from "../displays/RecordedValue";
import { useAnswer } from "../request";
import { Traceback } from "./FailureBody";
import { numberOf } from "./numbers";

interface ItemDetailProps {
  card: CardSignals;
  row: ItemView;
  record: RunId;
}

/** One item: what it got, what it made, or what went wrong. */
export function ItemDetail({ card, row, record }: ItemDetailProps) {
  const { bridge, store } = useApp();
  const busy = useValue(() => isActive(card.state.value.status));
  const { answer: detail, error } = useAnswer(
    { kind: "show_record", record, first: false },
    record,
  );
  if (error) return <p class="daggr-item-detail daggr-quiet">{error}</p>;
  if (!detail) return <p class="daggr-item-detail daggr-quiet">Loading…</p>;
  const values = (title: string, all: NamedValue[], input: boolean) =>
    all.map(({ name, preview, component }) => (
      <div key={`${title} ${name}`}>
        <p class="daggr-quiet">{name}</p>
        <RecordedValue
          {...{ card, preview, component, record, input }}
          port={name}
          label={`${name} of item ${numberOf(row.path)}`}
        />
      </div>
    ));
  const traceback = detail.error?.traceback.trimEnd();
  return (
    <section class="daggr-item-detail" aria-label={`Item ${numberOf(row.path)}`}>
      {detail.error && (
        <p class="daggr-item-error">
          <b>{detail.error.type}</b> {detail.error.message}
        </p>
      )}
      {traceback && <Traceback card={card} text={traceback} />}
      {values("in", detail.inputs, true)}
      {detail.outputs.length > 0 && <hr class="daggr-divider" />}
      {values("out", detail.outputs, false)}
      {traceback && (
        <div class="daggr-actions">
          {!store.readOnly.value && (
            <Button
              look="labelled"
              disabled={busy}
              onClick={() => retryItem(bridge, card, row.path)}
            >
              Retry this item
            </Button>
          )}
          <CopyButton text={detail.error?.traceback ?? ""} label="Copy traceback" />
        </div>
      )}
    </section>
  );
}
