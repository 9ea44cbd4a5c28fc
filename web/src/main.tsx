import "@cloudscape-design/global-styles/index.css";
import "./app.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Start } from "./shell/Start";
import { followTheme } from "./parts/theme";

followTheme();
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Start />
  </StrictMode>,
);
