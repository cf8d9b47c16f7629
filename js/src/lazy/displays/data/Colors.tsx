import type { OutputProps } from "../../../outputs/props";

const COLOR = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i;

export function Colors({ preview }: OutputProps) {
  const data = Array.isArray(preview.data) ? preview.data : [];
  const colors = data.filter(
    (each): each is string => typeof each === "string" && COLOR.test(each),
  );
  return (
    <div class="daggr-swatches" role="img" aria-label={`Colours ${colors.join(", ")}`}>
      {colors.map((color, index) => (
        <i key={index} style={{ background: color }} title={color} />
      ))}
    </div>
  );
}
