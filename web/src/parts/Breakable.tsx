import { Fragment } from "react";

/** A long name, such as an ARN or an address: it breaks after its colons and slashes, and elsewhere only if it must. */
export function Breakable({ text }: { text: string }) {
  const parts = text.split(/(?<=[:/])(?![:/])/);
  return (
    <span className="breakable">
      {parts.map((part, at) => (
        <Fragment key={at}>
          {at > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </span>
  );
}
