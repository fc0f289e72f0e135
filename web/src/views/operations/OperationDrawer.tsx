import { Drawer } from '@mantine/core';
import { useOperation } from '../../api/operations/operations.ts';
import { Loaded } from '../../components/Failure.tsx';
import { Icon } from '../../components/Icon.tsx';
import { hrefs, navigate } from '../../routing/useRoute.ts';
import { operationsStrings } from '../../strings/operations.ts';
import { OperationDetail } from './OperationDetail.tsx';
import styles from './Operations.module.css';

interface OperationDrawerProps {
  /** The operation in the address. */
  readonly id: string | undefined;
  readonly parameters: URLSearchParams;
}

/** One operation beside the list. It has its own address, so that it can be shared, and the back button closes it. */
export function OperationDrawer({ id, parameters }: OperationDrawerProps) {
  return (
    <Drawer
      position="right"
      size="lg"
      lockScroll={false}
      // The drawer's own header would be a second banner landmark of the page.
      withCloseButton={false}
      opened={id !== undefined}
      onClose={() => navigate(hrefs.operations(Object.fromEntries(parameters)))}
    >
      <div className={styles.drawerTitle}>
        <Drawer.Title>{operationsStrings.detail}</Drawer.Title>
        <Drawer.CloseButton aria-label={operationsStrings.close} icon={<Icon name="close" />} />
      </div>
      {id !== undefined && <FollowedOperation key={id} id={id} />}
    </Drawer>
  );
}

function FollowedOperation({ id }: { id: string }) {
  return <Loaded query={useOperation(id)}>{(operation) => <OperationDetail operation={operation} />}</Loaded>;
}
