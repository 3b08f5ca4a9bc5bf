// What stopped the set-up, and what to do about it, in plain words.
import { InstallFailed } from './install.mjs';
import { NoNode, nodeMajorMin } from './own-node.mjs';

const again = 'Then run the same command again.';
const unreachable = [
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EPIPE',
  'ERR_SOCKET_TIMEOUT',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'FETCH_ERROR',
  'E500',
  'E502',
  'E503',
  'E504',
  'E429',
];
const certificate = ['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED'];

/** One or two short paragraphs for anything that `setUp` can throw. */
export function advise(thrown, root) {
  if (thrown instanceof NoNode) return adviseNode(thrown);
  if (thrown instanceof InstallFailed) {
    const log = thrown.log ? `\nAll that npm said: ${thrown.log}` : `\nThe end of what npm said:\n${lastLines(thrown.output)}`;
    return `Cannot install the packages: ${adviseInstall(thrown, root)}${log}`;
  }
  if (thrown?.code === 'ENOENT' && thrown.path) return `${thrown.path} is missing. The folder is not a whole copy of the repository: clone it again.`;
  if (filesystem(thrown?.code)) return adviseFiles(thrown.code, thrown.path ?? root, root);
  return `The set-up stopped on something unexpected: ${thrown?.stack ?? thrown}`;
}

function adviseInstall({ code, output }, root) {
  const path = /^npm (?:error|ERR!) path (.+)$/m.exec(output)?.[1] ?? root;
  const host = /https?:\/\/[^/\s]+/.exec(
    output
      .split('\n')
      .filter((line) => /failed|error|ERR!/.test(line))
      .join('\n'),
  )?.[0];
  if (unreachable.includes(code)) {
    return `the package registry${host ? ` ${host}` : ''} is out of reach (${code}).\nCheck the network. Behind a proxy: "npm config set proxy http://HOST:PORT" and "npm config set https-proxy http://HOST:PORT". With a mirror of your own: "npm config set registry https://MIRROR". ${again}`;
  }
  if (certificate.includes(code)) {
    return `the connection to the package registry${host ? ` ${host}` : ''} is not trusted (${code}).\nA company proxy usually signs with a certificate of its own: ask for its file, then "npm config set cafile /path/to/it.pem". ${again}`;
  }
  if (code === 'E401' || code === 'E403')
    return `the package registry${host ? ` ${host}` : ''} refuses access (${code}).\nSign in to it with "npm login", or see which one is set with "npm config get registry". ${again}`;
  if (code === 'E404' || code === 'ETARGET')
    return `the package registry${host ? ` ${host}` : ''} does not have a package that is asked for (${code}).\nIf it is a mirror, let it fetch from upstream, or set another with "npm config set registry https://MIRROR". ${again}`;
  if (filesystem(code)) return adviseFiles(code, path, root);
  if (code === 'EUSAGE')
    return `package.json and package-lock.json do not fit each other.\nIf you changed package.json, run "npm install" and commit both files. If not, take them back: "git checkout package.json package-lock.json". ${again}`;
  if (code === 'EINTEGRITY')
    return `a package is not the one that package-lock.json names by its checksum.\nRun "npm cache verify". ${again} If it fails once more, the registry or something on the way to it changes packages: use another one.`;
  if (code === 'EBUSY' || code === 'ENOTEMPTY') return `another program uses ${path}.\nStop what runs from this folder (an editor, a Lineshaft, another installation). ${again}`;
  if (code === 'SIGINT' || code === 'SIGTERM') return `interrupted. The same command starts it anew.`;
  return `npm stopped with ${code}.\n${lastLines(output)}`;
}

function filesystem(code) {
  return ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS'].includes(code);
}

function adviseFiles(code, path, root) {
  if (code === 'ENOSPC' || code === 'EDQUOT') return `no space left (${code}) at ${path}.\nFree about 1 GB there; "npm cache clean --force" often helps. ${again}`;
  if (code === 'EROFS') return `${path} cannot be written: it lies on a read-only file system.\nClone the repository to a folder of yours. ${again}`;
  const mend =
    process.platform === 'win32'
      ? 'Close programs that use it, or clone the repository to a folder of yours.'
      : `Make it yours: sudo chown -R "$(id -un)" "${path.startsWith(root) ? root : path}"`;
  return `no permission to write ${path} (${code}).\n${mend} Do not run npm with sudo. ${again}`;
}

function adviseNode({ broken }) {
  const why =
    broken === undefined
      ? `There is no Node ${nodeMajorMin} package for this machine (${process.platform}, ${process.arch}), or it could not be fetched`
      : `The Node ${nodeMajorMin} that comes along does not run on this machine (${process.platform}, ${process.arch}: ${broken || 'no answer'})`;
  return `${why}, and Node ${process.version} is too old.\nInstall Node ${nodeMajorMin} or newer (https://nodejs.org, or your system's package manager) so that "node --version" shows it. ${again}`;
}

function lastLines(output) {
  return output
    .trim()
    .split('\n')
    .filter((line) => !/npm (http|warn)/.test(line))
    .slice(-15)
    .join('\n');
}
