import { Button } from "../../../ui/Button";
import { useApp } from "../../../ui/context";

/** What stands for a picture that is not there. */
export function PictureLost({ aspect, again }: { aspect: number; again: () => void }) {
  const fixed = useApp().store.readOnly.value;
  return (
    <div class="daggr-picture-lost" style={{ aspectRatio: aspect }}>
      <span>
        {fixed ? "Pictures are not saved with the page." : "The picture could not be loaded."}
      </span>
      {!fixed && (
        <Button look="link" onClick={again}>
          Try again
        </Button>
      )}
    </div>
  );
}
