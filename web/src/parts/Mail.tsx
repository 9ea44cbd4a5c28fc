/** An e-mail address, which breaks before its host where it does not fit, and elsewhere only if it must. */
export function Mail({ address }: { address: string }) {
  const at = address.indexOf("@") + 1;
  return (
    <span className="wrap-anywhere">
      {address.slice(0, at)}
      <wbr />
      {address.slice(at)}
    </span>
  );
}
