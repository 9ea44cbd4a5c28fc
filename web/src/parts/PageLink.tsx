import Link, { type LinkProps } from "@cloudscape-design/components/link";
import type { ReactNode } from "react";
import { useNavigate } from "react-router";

/** A link within the console: followed without a reload, and opened elsewhere as any link. */
export function PageLink({ to, children, ...others }: { to: string; children: ReactNode } & Pick<LinkProps, "variant" | "fontSize" | "ariaLabel">) {
  const navigate = useNavigate();
  return (
    <Link
      {...others}
      href={to}
      onFollow={(event) => {
        if (event.detail.external) return;
        event.preventDefault();
        void navigate(to);
      }}
    >
      {children}
    </Link>
  );
}
