import { Component, type ReactNode } from "react";
import { Broken } from "./Broken";

interface Props {
  readonly children: ReactNode;
  /** Another page is another try. */
  readonly resetKey: string;
}

interface State {
  readonly broken: { readonly error: unknown } | null;
}

/** Keeps the page around when a part of it breaks; a part that a new deployment has replaced is fetched by a reload. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { broken: null };

  static getDerivedStateFromError(error: unknown): State {
    return { broken: { error } };
  }

  override componentDidUpdate(before: Props): void {
    if (this.state.broken !== null && before.resetKey !== this.props.resetKey) this.setState({ broken: null });
  }

  override render(): ReactNode {
    const { broken } = this.state;
    return broken === null ? this.props.children : <Broken error={broken.error} />;
  }
}
