// The TFTP server's events as log lines.
import type { LogEvent } from './log.ts';
import type { TftpEvent } from './tftp/events.ts';

export function tftpLogEvent(event: TftpEvent): LogEvent {
  const area = 'tftp';
  switch (event.kind) {
    case 'transfer': {
      const { file, client, size, milliseconds, retransmissions, reason } = event;
      const ms = Math.round(milliseconds);
      const fields = { path: file, client: client.address, size, ms, retransmissions, reason };
      return { area, event: event.outcome, fields };
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
