import type { Shows } from "../../../outputs/props";

const COLOR = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i;

export function Palette({ preview }: Shows<"palette">) {
  const colors = preview.data.filter((each) => COLOR.test(each));
  return (
    <div class="daggr-swatches" role="img" aria-label={`Colours ${colors.join(", ")}`}>
      {colors.map((color, index) => (
        <i key={index} style={{ background: color }} title={color} />
      ))}
    </div>
  );
}
