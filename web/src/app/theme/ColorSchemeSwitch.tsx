import { SegmentedControl, useMantineColorScheme, VisuallyHidden } from '@mantine/core';
import { Icon, type IconName } from '../../components/Icon.tsx';
import { commonStrings } from '../../strings/common.ts';
import styles from '../frame/Header.module.css';

const schemes = ['auto', 'light', 'dark'] as const;
const icons: Readonly<Record<(typeof schemes)[number], IconName>> = {
  auto: 'screen',
  light: 'sun',
  dark: 'moon',
};

const classNames = {
  root: styles['scheme'] ?? '',
  indicator: styles['schemeIndicator'] ?? '',
  label: styles['schemeLabel'] ?? '',
};

/** Chooses light, dark, or the system's scheme, which is the default. The browser remembers it. */
export function ColorSchemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      size="xs"
      withItemsBorders={false}
      classNames={classNames}
      aria-label={commonStrings.colorScheme}
      value={colorScheme}
      onChange={setColorScheme}
      data={schemes.map((scheme) => ({
        value: scheme,
        label: (
          <span title={commonStrings.colorSchemes[scheme]}>
            <Icon name={icons[scheme]} />
            <VisuallyHidden>{commonStrings.colorSchemes[scheme]}</VisuallyHidden>
          </span>
        ),
      }))}
    />
  );
}
