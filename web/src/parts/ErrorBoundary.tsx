import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";

interface Props {
  readonly children: ReactNode;
  /** Another page is another try. */
  readonly resetKey: string;
}

/** Keeps the page around when a part of it breaks; a part that a new deployment has replaced is fetched by a reload. */
export class ErrorBoundary extends Component<Props, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override componentDidUpdate(before: Props): void {
    if (this.state.broken && before.resetKey !== this.props.resetKey) this.setState({ broken: false });
  }

  override render(): ReactNode {
    if (!this.state.broken) return this.props.children;
    const reload = <Button onClick={() => location.reload()}>Reload</Button>;
    return (
      <Alert type="error" header="This part of the page has broken" action={reload}>
        Nothing of your project is affected. Reload the page; if it breaks again, tell your operator what you did last.
      </Alert>
    );
  }
}
