import Cards from "@cloudscape-design/components/cards";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import { useIsPhone } from "./useIsPhone";

/** A column of the table and, where there is no room for one, a part of each card; the first one is the card's heading. */
export type Column<T> = TableProps.ColumnDefinition<T> & {
  readonly id: string;
  readonly header: string;
  /** How much of a card's width it takes, in percent; all of it if not said. */
  readonly cardWidth?: number;
};

interface ListingProps<T> {
  /** What it lists, for who hears it. */
  readonly label: string;
  readonly items: readonly T[];
  readonly idOf: (item: T) => string;
  readonly columns: readonly Column<T>[];
  readonly header?: ReactNode;
  readonly filter?: ReactNode;
  readonly pagination?: ReactNode;
  readonly footer?: ReactNode;
  readonly empty: ReactNode;
  /** `collectionProps` of useCollection, for what can be sorted. */
  readonly sorting?: Pick<TableProps<T>, "sortingColumn" | "sortingDescending" | "onSortingChange">;
  /** "embedded" within a container, which has the border already. */
  readonly variant?: "container" | "embedded";
}

/** A table; cards below 688 px. */
export function Listing<T>({ label, items, idOf, columns, header, filter, pagination, footer, empty, sorting, variant = "container" }: ListingProps<T>) {
  const isPhone = useIsPhone();
  const shared = { items, trackBy: idOf, header, filter, pagination, empty };
  if (!isPhone) {
    return (
      <Table
        {...sorting /* first: what comes from useCollection has a word for empty tables, too, which is none */}
        {...shared}
        columnDefinitions={columns}
        footer={footer}
        variant={variant}
        wrapLines
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: label }}
      />
    );
  }
  const [first, ...others] = columns;
  const sections = others.map(({ id, header: title, cell, cardWidth = 100 }, index) => ({
    id,
    // A card's first part stands higher than all others, also than the one beside it.
    header: index === 0 && cardWidth < 100 ? <div className="card-first">{title}</div> : title,
    content: cell,
    width: cardWidth,
  }));
  return (
    <>
      <Cards {...shared} cardDefinition={{ header: (item) => first?.cell(item), sections }} ariaLabels={{ cardsLabel: label, itemSelectionLabel: (_, item) => idOf(item), selectionGroupLabel: label }} />
      {footer}
    </>
  );
}
