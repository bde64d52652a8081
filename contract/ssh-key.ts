// The public ssh keys that a node is given, whoever they come from.

/** One line of authorized_keys without options, of a kind that today's sshd takes. */
export const SSH_PUBLIC_KEY =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{40,}={0,3}( .*)?$/;
