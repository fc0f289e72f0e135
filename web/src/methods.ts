/** What each staging method is called here, and what it does in one sentence. */
const descriptions: Readonly<Record<string, { title: string; sentence: string }>> = {
  local_copy: {
    title: 'Copy to my user area',
    sentence: 'Copies the data into your user area, checks it, and makes it read-only.',
  },
  symlink_copy: {
    title: 'Link in my user area',
    sentence: 'Puts a link to the data into your user area: at once, and without using space.',
  },
  direct_download: {
    title: 'Download to this computer',
    sentence: 'Your browser downloads the data; a folder comes as one archive.',
  },
  jupyter_copy: {
    title: 'Copy to my notebook server',
    sentence: 'Sends the data to your JupyterHub server, which is started when it is not running.',
  },
};

/** A method for people; one that this page does not know goes by its own name. */
export function describeMethod(method: string): { title: string; sentence: string } {
  return (Object.hasOwn(descriptions, method) && descriptions[method]) || { title: method, sentence: '' };
}
