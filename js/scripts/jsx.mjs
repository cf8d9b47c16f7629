// What the classic JSX transform calls; the build injects it where it is needed.
export { Fragment, h } from "preact";
