import { useRouteError } from "react-router";
import { Broken } from "../parts/Broken";

/** What the router shows where a page breaks or does not arrive. */
export function PageError() {
  return <Broken error={useRouteError()} />;
}
