import { useEffect, useState } from "preact/hooks";
import { refOf, type Shows } from "../../../outputs/props";
import { useApp } from "../../../ui/context";
import { patternOf, type Search } from "../room";
import { type Page, shownCell, wholeText } from "./rows";

export type Place = [row: number, column: number];

/** Rows that are looked through, so many at once. */
const MOST_ROWS = 50_000;
const CHUNK = 2000;
/** A query that is still being typed. */
const TYPING_MS = 200;

/** The cells in which a query is, in their order; rows that are not here are sent for. */
export function usePlaces(props: Shows<"table">, room: Search | null, total: number): Place[] {
  const { media } = useApp().bridge;
  const [places, setPlaces] = useState<Place[]>([]);
  const query = room?.query ?? "";
  const ref = refOf(props);
  useEffect(() => {
    setPlaces([]);
    if (!room || !query) return;
    let current = true;
    const pattern = patternOf(query, "iu");
    const look = async () => {
      const found: Place[] = [];
      const end = Math.min(total, MOST_ROWS);
      for (let start = 0; start < end; start += CHUNK) {
        const rows: [number, number] = [start, Math.min(start + CHUNK, end)];
        const blob = await media.fetch(ref, null, { rows, whole: true });
        const page: Page = JSON.parse(await blob.text());
        if (!current) return;
        for (const [row, cells] of page.rows.entries()) {
          for (const [column, cell] of cells.entries())
            if (pattern.test(shownCell(cell).text) || pattern.test(wholeText(cell)))
              found.push([page.start + row, column]);
        }
        setPlaces([...found]);
        room.found(found.length, start + CHUNK >= total);
      }
      if (end === 0) room.found(0);
    };
    const timer = setTimeout(() => look().catch(() => current && room.found(0, false)), TYPING_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [media, query, ref.node, ref.port, `${ref.path}`, ref.digest, total]);
  return places;
}
