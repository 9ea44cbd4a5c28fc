import "@cloudscape-design/global-styles/index.css";
import "./app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Start, start } from "./shell/Start";
import { fetchEarly } from "./shell/early";
import { followTheme } from "./parts/theme";

start().catch(() => undefined); // first of all, since everything waits for the configuration; the page tells a failure
fetchEarly();
followTheme();
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Start />
  </StrictMode>,
);
