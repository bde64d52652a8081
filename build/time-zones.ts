// Time zones of the tz database, as Ubuntu's tzdata names them. The JavaScript engine lists one name for each zone, often an
// old one, and takes names that tzdata does not have; so the others are listed here.
import { nearest } from '../messages/nearest.ts';

/** Old names and today's: from Ubuntu 24.04 on the old ones are only in the package tzdata-legacy. */
const MOVED = mapping(`
  Africa/Asmera=Africa/Asmara America/Argentina/ComodRivadavia=America/Argentina/Catamarca
  America/Buenos_Aires=America/Argentina/Buenos_Aires America/Catamarca=America/Argentina/Catamarca
  America/Cordoba=America/Argentina/Cordoba America/Fort_Wayne=America/Indiana/Indianapolis
  America/Indianapolis=America/Indiana/Indianapolis America/Jujuy=America/Argentina/Jujuy
  America/Knox_IN=America/Indiana/Knox America/Louisville=America/Kentucky/Louisville
  America/Mendoza=America/Argentina/Mendoza America/Rosario=America/Argentina/Cordoba
  Antarctica/South_Pole=Antarctica/McMurdo Asia/Ashkhabad=Asia/Ashgabat Asia/Calcutta=Asia/Kolkata
  Asia/Chungking=Asia/Chongqing Asia/Dacca=Asia/Dhaka Asia/Katmandu=Asia/Kathmandu Asia/Macao=Asia/Macau
  Asia/Rangoon=Asia/Yangon Asia/Saigon=Asia/Ho_Chi_Minh Asia/Thimbu=Asia/Thimphu
  Asia/Ujung_Pandang=Asia/Makassar Asia/Ulan_Bator=Asia/Ulaanbaatar Atlantic/Faeroe=Atlantic/Faroe
  Australia/ACT=Australia/Sydney Australia/LHI=Australia/Lord_Howe Australia/NSW=Australia/Sydney
  Australia/North=Australia/Darwin Australia/Queensland=Australia/Brisbane
  Australia/South=Australia/Adelaide Australia/Tasmania=Australia/Hobart
  Australia/Victoria=Australia/Melbourne Australia/West=Australia/Perth Brazil/Acre=America/Rio_Branco
  Brazil/DeNoronha=America/Noronha Brazil/East=America/Sao_Paulo Brazil/West=America/Manaus
  Canada/Atlantic=America/Halifax Canada/Central=America/Winnipeg Canada/Eastern=America/Toronto
  Canada/Mountain=America/Edmonton Canada/Newfoundland=America/St_Johns Canada/Pacific=America/Vancouver
  Canada/Saskatchewan=America/Regina Canada/Yukon=America/Whitehorse Chile/Continental=America/Santiago
  Chile/EasterIsland=Pacific/Easter Cuba=America/Havana Egypt=Africa/Cairo Eire=Europe/Dublin
  Europe/Kiev=Europe/Kyiv Europe/Uzhgorod=Europe/Kyiv Europe/Zaporozhye=Europe/Kyiv GB=Europe/London
  GB-Eire=Europe/London Hongkong=Asia/Hong_Kong Iceland=Atlantic/Reykjavik Iran=Asia/Tehran
  Israel=Asia/Tel_Aviv Jamaica=America/Jamaica Japan=Asia/Tokyo Kwajalein=Pacific/Kwajalein
  Libya=Africa/Tripoli Mexico/BajaNorte=America/Tijuana Mexico/BajaSur=America/Mazatlan
  Mexico/General=America/Mexico_City NZ=Pacific/Auckland NZ-CHAT=Pacific/Chatham Navajo=America/Denver
  PRC=Asia/Shanghai Pacific/Enderbury=Pacific/Kanton Pacific/Ponape=Pacific/Pohnpei
  Pacific/Truk=Pacific/Chuuk Poland=Europe/Warsaw Portugal=Europe/Lisbon ROC=Asia/Taipei ROK=Asia/Seoul
  Singapore=Asia/Singapore Turkey=Europe/Istanbul US/Alaska=America/Anchorage US/Aleutian=America/Adak
  US/Arizona=America/Phoenix US/Central=America/Chicago US/East-Indiana=America/Indiana/Indianapolis
  US/Eastern=America/New_York US/Hawaii=Pacific/Honolulu US/Indiana-Starke=America/Indiana/Knox
  US/Michigan=America/Detroit US/Mountain=America/Denver US/Pacific=America/Los_Angeles
  US/Samoa=Pacific/Pago_Pago W-SU=Europe/Moscow
`);

/** Names that the engine knows only as other names of a zone. */
const OTHERS = words(`
  Africa/Timbuktu America/Atikokan America/Atka America/Ensenada America/Montreal America/Nipigon
  America/Nuuk America/Pangnirtung America/Porto_Acre America/Rainy_River America/Santa_Isabel
  America/Shiprock America/Thunder_Bay America/Virgin America/Yellowknife Asia/Choibalsan Asia/Harbin
  Asia/Istanbul Asia/Kashgar Atlantic/Jan_Mayen Australia/Canberra Australia/Currie Australia/Yancowinna CET
  CST6CDT EET EST EST5EDT Etc/GMT Etc/GMT0 Etc/Greenwich Etc/UCT Etc/UTC Etc/Universal Etc/Zulu
  Europe/Belfast Europe/Nicosia Europe/Tiraspol GMT GMT+0 GMT-0 GMT0 Greenwich HST MET MST MST7MDT PST8PDT
  Pacific/Johnston Pacific/Samoa Pacific/Yap UCT UTC Universal WET Zulu
`);

/** East and west of Greenwich, with the signs of POSIX. */
const OFFSETS = [
  ...Array.from({ length: 13 }, (_, hours) => `Etc/GMT+${hours}`),
  ...Array.from({ length: 15 }, (_, hours) => `Etc/GMT-${hours}`),
];

const KNOWN: ReadonlySet<string> = new Set([
  ...Intl.supportedValuesOf('timeZone'),
  ...MOVED.keys(),
  ...MOVED.values(),
  ...OTHERS,
  ...OFFSETS,
]);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

function mapping(text: string): ReadonlyMap<string, string> {
  return new Map(words(text).map((pair) => pair.split('=') as [string, string]));
}

/** Whether the tz database has the name, in exactly this spelling. */
export function isTimeZone(name: string): boolean {
  return KNOWN.has(name);
}

/** The zone that was probably meant: spelt otherwise, by its city alone, or with a typing error. */
export function nearestTimeZone(name: string): string | undefined {
  const wanted = name.trim().replaceAll(' ', '_').toLowerCase();
  const lower = new Map([...KNOWN].map((known) => [known.toLowerCase(), known]));
  const exact = lower.get(wanted);
  if (exact !== undefined) return exact;
  const byCity = [...lower.keys()].find((known) => known.endsWith(`/${wanted}`));
  return lower.get(byCity ?? nearest(wanted, [...lower.keys()]) ?? '');
}

/** Today's name of a zone that newer releases of Ubuntu do not have under its old one; undefined for others. */
export function currentName(name: string): string | undefined {
  return MOVED.get(name);
}
