import { Fragment } from 'react';

/** A path that is broken after its `/`, `_` and `-` where it is too long for its place. */
export function BreakablePath({ path }: { path: string }) {
  const parts = path.split(/(?<=[/_-])/).map((text, index) => ({ text, index }));
  return parts.map(({ text, index }) => (
    <Fragment key={index}>
      {text}
      <wbr />
    </Fragment>
  ));
}
