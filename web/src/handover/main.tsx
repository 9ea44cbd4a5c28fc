import "./handover.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { HandoverPage } from "./HandoverPage";
import { takeLink } from "./link";

const arrival = takeLink(location, history); // before anything else: the token stands in the address bar for no longer
addEventListener("hashchange", () => location.reload()); // the same link, pasted over a page that has put it away

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <HandoverPage arrival={arrival} />
  </StrictMode>,
);
