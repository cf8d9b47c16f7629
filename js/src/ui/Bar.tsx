/** A bar that fills with `part` (0 to 1); one that moves while nobody knows how far it is. */
export function Bar({ label, part }: { label: string; part: number | null }) {
  const percent = part === null ? undefined : Math.round(Math.min(part, 1) * 100);
  return (
    <div class="daggr-bar" role="progressbar" aria-label={label} aria-valuenow={percent}>
      <i
        data-unknown={part === null}
        style={{ width: percent === undefined ? "" : `${percent}%` }}
      />
    </div>
  );
}
