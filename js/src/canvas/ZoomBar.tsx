import { Button } from "../ui/Button";
import { useApp } from "../ui/context";
import { useValue } from "../ui/reactive";

const STEP = 1.2;
const ROOMY = 620;

export function ZoomBar() {
  const { view } = useApp();
  const percent = useValue(() => `${Math.round(view.camera.value.zoom * 100)} %`);
  const roomy = useValue(() => view.size.value.width > ROOMY);
  return (
    <div class="daggr-zoombar">
      <Button
        control="zoom-out"
        icon="minus"
        name="Zoom out"
        onClick={() => view.zoomBy(1 / STEP)}
      />
      <Button control="zoom-100" name={`${percent}: zoom to 100 %`} onClick={() => view.zoomTo(1)}>
        {roomy ? <span class="daggr-figures daggr-percent">{percent}</span> : "1:1"}
      </Button>
      <Button control="zoom-in" icon="plus" name="Zoom in" onClick={() => view.zoomBy(STEP)} />
      <Button look="labelled" control="fit" icon="fit" iconSize={14} onClick={() => view.fit()}>
        Fit
      </Button>
    </div>
  );
}
