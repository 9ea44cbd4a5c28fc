import type { Difference } from "./grants";

/** Changes in words, one line per folder: gained and lost, never by colour alone. */
export function DifferenceList({ items, empty = "Nothing." }: { items: readonly Difference[]; empty?: string }) {
  if (items.length === 0) return <p>{empty}</p>;
  return (
    <ul className="permission-differences">
      {items.map(({ key, place, before, after, gained, lost }) => (
        <li key={key}>
          <code className="wrap-anywhere">{place}</code>
          {gained.length > 0 && <ins>+ may now {gained.join(", ")}</ins>}
          {lost.length > 0 && <del>− may no longer {lost.join(", ")}</del>}
          <span>
            Before: {before.length === 0 ? "nothing" : before.join(", ")}. After: {after.length === 0 ? "nothing" : after.join(", ")}.
          </span>
        </li>
      ))}
    </ul>
  );
}
