import { Button } from '@mantine/core';
import type { ComponentProps } from 'react';
import { Icon, type IconName } from './Icon.tsx';

interface ActionButtonProps extends ComponentProps<typeof Button<'button'>> {
  readonly icon: IconName;
}

/** A small button for an action on what is shown beside it. */
export function ActionButton({ icon, ...others }: ActionButtonProps) {
  return <Button size="xs" variant="default" leftSection={<Icon name={icon} />} {...others} />;
}
