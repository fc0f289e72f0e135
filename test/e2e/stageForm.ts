import type { Locator, Page } from 'playwright-core';

/** What to type into the stage form. */
export interface FormEntries {
  /** One path, or several. */
  readonly source: string | readonly string[];
  readonly username: string;
  readonly method?: string;
  readonly target?: string;
}

/** Fills in the stage form by pasted paths, and sends it. */
export async function submitStageForm(page: Page, entries: FormEntries): Promise<void> {
  const { source, username, method = 'local_copy', target } = entries;
  await pastePaths(page, [source].flat());
  await page.getByRole('radio', { name: method }).check({ force: true });
  await page.getByLabel('Username').fill(username);
  if (target !== undefined) await page.getByLabel(/^(Path|Folder) in your/).fill(target);
  await submitButton(page).click();
}

/** Pastes paths into their field. */
export async function pastePaths(page: Page, paths: readonly string[]): Promise<void> {
  await page.getByRole('tab', { name: 'Paste paths' }).click();
  await paste(page, page.getByLabel('Paths, one per line'), paths.join('\n'));
}

/** Through the clipboard, as users do: typing takes Chromium longer the more lines there are. */
async function paste(page: Page, field: Locator, text: string): Promise<void> {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  await field.focus();
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.press('ControlOrMeta+V');
}

/** The button that sends the stage form. */
export function submitButton(page: Page): Locator {
  return page.getByRole('button', { name: /^(Stage|Download)( [\d,]+ items)?$/ });
}

/** What the page shows of the request for a source of this name. */
export function requestFor(page: Page, name: string): Locator {
  return page.getByRole('article', { name, exact: true }).first();
}
