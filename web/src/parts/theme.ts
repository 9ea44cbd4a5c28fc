import { Mode, applyMode, disableMotion } from "@cloudscape-design/global-styles";

export type Theme = "system" | "light" | "dark";

const KEY = "stowage.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function chosenTheme(): Theme {
  const found = localStorage.getItem(KEY);
  return found === "light" || found === "dark" ? found : "system";
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  apply();
}

/** Follow the person's choice, and the system's where they made none; motion too. */
export function followTheme(): void {
  apply();
  dark.addEventListener("change", apply);
  still.addEventListener("change", apply);
}

function apply(): void {
  const theme = chosenTheme();
  applyMode(theme === "dark" || (theme === "system" && dark.matches) ? Mode.Dark : Mode.Light);
  disableMotion(still.matches);
}
