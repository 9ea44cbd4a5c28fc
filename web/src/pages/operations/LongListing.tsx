import Button from "@cloudscape-design/components/button";
import { type ReactNode, useState } from "react";
import { rowId } from "../../live/feed";
import { type Column, Listing } from "../../parts/Listing";

const STEP = 50;

interface Props<T> {
  readonly label: string;
  readonly header: ReactNode;
  readonly items: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly empty: ReactNode;
}

/** Resources in a table of which the first are shown, and more when asked for: a lost account may have two thousand. */
export function LongListing<T extends { kind: string; name: string }>({ items, ...others }: Props<T>) {
  const [limit, setLimit] = useState(STEP);
  const left = items.length - limit;
  return (
    <Listing
      {...others}
      items={items.slice(0, limit)}
      idOf={(each) => rowId(each.kind, each.name)}
      footer={left > 0 && <Button onClick={() => setLimit(limit + STEP)}>{`Show ${Math.min(left, STEP)} more`}</Button>}
    />
  );
}
