#define SPAM_VERSION_TEXT "9.5"
 # define SPAM_VERSION 90500 /* 9.5.0 */
