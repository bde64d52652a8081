// The TFTP server's events as log lines.
import type { LogEvent } from './log.ts';
import type { TftpEvent } from './tftp/events.ts';

export function tftpLogEvent(event: TftpEvent): LogEvent {
  const area = 'tftp';
  switch (event.kind) {
    case 'transfer': {
      const { file, client, size, blksize, windowsize } = event;
      const { milliseconds, retransmissions, reason } = event;
      const ms = Math.round(milliseconds);
      const about = { path: file, client: client.address, size, blksize, windowsize };
      return { area, event: event.outcome, fields: { ...about, ms, retransmissions, reason } };
    }
    case 'refused': {
      const { file, client, code, reason } = event;
      return {
        area,
        event: 'refused',
        fields: { path: file, client: client.address, code, reason },
      };
    }
    case 'dropped':
      return { area, event: 'dropped datagrams', fields: event.counts };
    case 'socket-error':
      return {
        area,
        event: 'socket error',
        fields: { server: event.server, reason: event.reason },
      };
  }
}
