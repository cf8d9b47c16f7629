import type { TableDiff } from "../../protocol.gen";
import { plural } from "../../ui/format";
import { Scroller } from "../../ui/Scroller";
import { shownCell } from "../displays/data/rows";

type Cell = TableDiff["rows"][number]["former"] extends (infer C)[] | null ? C : never;

/** The rows of two tables that differ, in each changed cell what was and what is. */
export function TableChanges({ table, label }: { table: TableDiff; label: string }) {
  return (
    <>
      <Scroller label={label} tabStop class="daggr-changes">
        <table>
          <thead>
            <tr>
              <td />
              {table.columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map(({ index, former, latter, changed }, place) => (
              <tr key={place} data-row={!former ? "add" : !latter ? "drop" : "change"}>
                <th scope="row">
                  {!former ? "+ " : !latter ? "− " : ""}
                  {index}
                </th>
                {(latter ?? former ?? []).map((cell, column) => (
                  <td key={column} data-changed={changed.includes(column)}>
                    {changed.includes(column) && former && (
                      <>
                        <del>
                          <Shown cell={former[column]} />
                        </del>{" "}
                      </>
                    )}
                    {changed.includes(column) ? (
                      <ins>
                        <Shown cell={cell} />
                      </ins>
                    ) : (
                      <Shown cell={cell} />
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {table.more > 0 && <p class="daggr-more">+ {plural(table.more, "more row")}</p>}
    </>
  );
}

function Shown({ cell }: { cell: Cell | undefined }) {
  const { text, nothing } = shownCell(cell);
  return <span data-nothing={!!nothing}>{text}</span>;
}
