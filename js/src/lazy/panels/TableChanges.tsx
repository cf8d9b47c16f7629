import type { TableDiff } from "../../protocol.gen";
import { plural } from "../../ui/format";
import { Scroller } from "../../ui/Scroller";
import { shownCell } from "../displays/data/rows";

/** The rows of two tables that differ, in each changed cell what was and what is. */
export function TableChanges({ table, label }: { table: TableDiff; label: string }) {
  return (
    <>
      <Scroller label={label} class="daggr-changes">
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
              <tr key={place}>
                <th scope="row">
                  {!former ? "+ " : !latter ? "− " : ""}
                  {index}
                </th>
                {(latter ?? former ?? []).map((cell, column) => (
                  <td key={column} data-changed={changed.includes(column)}>
                    {changed.includes(column) ? (
                      <>
                        <del>{shownCell(former?.[column]).text}</del>{" "}
                        <ins>{shownCell(cell).text}</ins>
                      </>
                    ) : (
                      shownCell(cell).text
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
