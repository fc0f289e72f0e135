/**
 * The program that our kernel runs, with only the standard library of Python 3.6 and later. `_stage(request)` takes one
 * request and returns one answer, both JSON in base64, so that no name can be interpreted as code. File names have one
 * character per byte. It never follows a link and never replaces anything.
 */
export const kernelScript = `
def _stage(text):
    import base64, ctypes, errno, hashlib, json, os, shutil, stat, zlib

    def raw(name):
        return name.encode('latin-1')

    def open_file(path):
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)

    def sync(path):
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def digest(fd, algorithms):
        adler = 1
        hashes = {name: hashlib.new(name) for name in algorithms if name != 'adler32'}
        while True:
            block = os.read(fd, 1 << 20)
            if not block:
                break
            adler = zlib.adler32(block, adler) if 'adler32' in algorithms else adler
            for each in hashes.values():
                each.update(block)
        digests = {name: each.hexdigest() for name, each in hashes.items()}
        if 'adler32' in algorithms:
            digests['adler32'] = '%08x' % adler
        return digests

    def remove(path):
        for left in (path, os.path.join(os.path.dirname(path), b'.~' + os.path.basename(path))):
            try:
                if not stat.S_ISDIR(os.lstat(left).st_mode):
                    os.unlink(left)
                    continue
            except FileNotFoundError:
                continue
            for top, _, _ in os.walk(left):
                os.chmod(top, 0o700)
            shutil.rmtree(left)

    def begin(part, kind, bytes):
        remove(raw(part))
        space = os.statvfs('.')
        # Some file systems do not know their size.
        if space.f_blocks > 0 and space.f_bavail * space.f_frsize < bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if kind == 'directory':
            os.mkdir(raw(part), 0o700)
        else:
            os.close(os.open(raw(part), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

    def damage(path, size, sha256, mtime):
        try:
            fd = open_file(raw(path))
        except FileNotFoundError:
            return 'it is missing'
        try:
            found = os.fstat(fd).st_size
            if found != size:
                return '%d bytes instead of %d' % (found, size)
            if digest(fd, ['sha256'])['sha256'] != sha256:
                return 'its sha256 is another'
            os.utime(fd, ns=(int(mtime), int(mtime)))
            os.fsync(fd)
        finally:
            os.close(fd)

    def verify(files):
        for file in files:
            reason = damage(**file)
            if reason:
                return {'path': file['path'], 'reason': reason}

    def rename(names):
        for path, name in names:
            os.rename(raw(path), os.path.join(os.path.dirname(raw(path)), raw(name)))

    def protect(part):
        def set_mode(path, mode):
            os.chmod(path, mode)
            sync(path)

        path = raw(part)
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            return set_mode(path, 0o400)
        for top, _, names in os.walk(path, topdown=False):
            for name in names:
                set_mode(os.path.join(top, name), 0o400)
            set_mode(top, 0o500)

    def move(part, name):
        # renameat2(2) with RENAME_NOREPLACE, where kernel and file system have it.
        rename = getattr(ctypes.CDLL(None, use_errno=True), 'renameat2', None)
        if rename and rename(-100, part, -100, name, 1) == 0:
            return
        code = ctypes.get_errno() if rename else errno.ENOSYS
        if code not in (errno.ENOSYS, errno.EINVAL) or not stat.S_ISDIR(os.lstat(part).st_mode):
            raise OSError(code, os.strerror(code))
        if os.path.lexists(name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        # Replaces nothing but a directory that is empty and was made a moment ago.
        os.rename(part, name)

    def publish(part, name):
        part, name = raw(part), raw(name)
        try:
            if stat.S_ISDIR(os.lstat(part).st_mode):
                move(part, name)
            else:
                try:
                    os.link(part, name)
                    os.unlink(part)
                except OSError as error:
                    if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
                        raise
                    move(part, name)
        except OSError as error:
            if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                return 'already_present'
            raise
        sync('.')
        return 'staged'

    def digest_file(name, algorithms):
        fd = open_file(raw(name))
        try:
            return digest(fd, algorithms) if stat.S_ISREG(os.fstat(fd).st_mode) else None
        finally:
            os.close(fd)

    actions = {
        'begin': begin, 'verify': verify, 'rename': rename, 'protect': protect, 'publish': publish,
        'remove': lambda path: remove(raw(path)), 'digest': digest_file,
    }
    request = json.loads(base64.b64decode(text).decode())
    try:
        answer = {'result': actions[request['action']](**request['parameters'])}
    except OSError as error:
        answer = {'code': errno.errorcode.get(error.errno, 'EIO')}
    except Exception as error:
        answer = {'failure': repr(error)}
    return base64.b64encode(json.dumps(answer).encode()).decode()
`;
