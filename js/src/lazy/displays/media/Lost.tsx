import type { Shows } from "../../../outputs/props";

/** What cannot be shown, with the reason. */
export function Lost({ preview }: Shows<"lost">) {
  return (
    <p class="daggr-lost" dir="auto">
      {preview.data}
    </p>
  );
}
