import type { OutputProps } from "../../outputs/props";
import { Button } from "../../ui/Button";
import { useApp } from "../../ui/context";

/** Shows a value over the whole canvas; stands at the end of its row. */
export function Enlarge(props: OutputProps) {
  const { zoom } = useApp();
  return (
    <Button
      look="enlarge"
      icon="expand"
      iconSize={11}
      name={`Enlarge ${props.label}`}
      data-control="enlarge"
      onClick={() => zoom(props)}
    />
  );
}
