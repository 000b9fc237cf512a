// Lines of a table that stay where their things do: nothing jumps under a pointer or a reader.

/**
 * Brings the lines of a table to those of `wanted`, in its order, with as few moves as possible.
 * `rows` is what is shown: id → row, which has its `line` and an `update`; `make` gives a new one.
 */
export function layRows(body, rows, wanted, { idOf, make }) {
  const ids = new Set(wanted.map(idOf));
  for (const [id, row] of rows) {
    if (ids.has(id)) continue;
    row.line.remove();
    rows.delete(id);
  }
  let next = body.firstElementChild;
  for (const thing of wanted) {
    const { line } = rowOf(rows, thing, { idOf, make });
    if (line === next) next = next.nextElementSibling;
    else body.insertBefore(line, next);
  }
}

function rowOf(rows, thing, { idOf, make }) {
  const row = rows.get(idOf(thing));
  if (row) row.update(thing);
  else rows.set(idOf(thing), make(thing));
  return rows.get(idOf(thing));
}
