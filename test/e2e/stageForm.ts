import type { Page } from 'playwright-core';

/** What to type into the stage form. */
export interface FormEntries {
  readonly source: string;
  readonly username: string;
  readonly method?: string;
  readonly target?: string;
}

/** Fills in the stage form and sends it. */
export async function submitStageForm(
  page: Page,
  { source, username, method = 'local_copy', target }: FormEntries,
): Promise<void> {
  await page.getByLabel('Source path').fill(source);
  await page.getByRole('radio', { name: method }).check();
  await page.getByLabel('Username').fill(username);
  if (target !== undefined) await page.getByLabel('Destination').fill(target);
  await page
    .getByRole('button', { name: method === 'direct_download' ? 'Download' : 'Stage', exact: true })
    .click();
}
