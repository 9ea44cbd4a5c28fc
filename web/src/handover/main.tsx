import "./handover.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { HandoverPage } from "./HandoverPage";

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <HandoverPage />
  </StrictMode>,
);
