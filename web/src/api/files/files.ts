import { apiUrl } from '../apiAddress.ts';
import { toApiError } from '../client.ts';
import { fetchFromService } from '../fetchFromService.ts';
import { queryClient } from '../queryClient.ts';

/** Creates a file with these bytes on the source storage. @throws ApiError */
export async function createFile(path: string, content: Blob): Promise<void> {
  const request = new Request(`${apiUrl('/create-file')}?${new URLSearchParams({ filename: path })}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: content,
  });
  const response = await fetchFromService(request).catch((thrown: unknown) => {
    throw toApiError(thrown);
  });
  await response.body?.cancel();
  await queryClient.invalidateQueries({ queryKey: ['browse'] });
}
